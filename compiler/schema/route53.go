package schema

// Route53 is a query log of Route 53's VPC Resolver, version 1.1: one DNS query and its
// answers (Amazon Route 53 Developer Guide, "Values that appear in VPC Resolver query
// logs"). The query logs of public hosted zones are another source.
var Route53 = &Source{
	Name: "route53",
	Services: []string{
		"route53resolver", "route53_resolver", "route53-resolver", "route53_resolver_query_logs",
		"resolver_query_logs", "vpcdnsquerylogs", "dns",
	},
	Categories: []string{"dns"},
	Title:      "Route 53 Resolver query log",
	Time:       "query_timestamp",
	Anchor:     "query_name",
	Show: []string{
		"query_name", "query_type", "rcode", "answers.Rdata", "srcaddr", "srcids.instance", "vpc_id",
		"firewall_rule_action", "firewall_domain_list_id", "region", "account_id",
	},
	Columns: Columns{
		Who:   []string{"srcids.instance", "srcids.resolver_endpoint", "vpc_id"},
		From:  []string{"srcaddr"},
		What:  []string{"query_name"},
		Where: []string{"region", "vpc_id"},
	},
	Files: Files{
		Keys:    [][]string{{"query_name"}, {"query_timestamp"}},
		Columns: []string{"query_name", "query_timestamp"},
		Folder:  "vpcdnsquerylogs",
	},
	Fields: []Field{
		{Name: "version", Type: Text, Plain: true},
		{Name: "account_id", Type: Text, Plain: true},
		{Name: "region", Type: Text, Plain: true},
		{Name: "vpc_id", Type: Text, Plain: true},
		{Name: "query_timestamp", Type: Time},
		{Name: "query_name", Type: Text},
		{Name: "query_type", Type: Text, Plain: true},
		{Name: "query_class", Type: Text, Plain: true},
		{Name: "rcode", Type: Text, Plain: true},
		{Name: "answers", Type: List, Fields: []Field{
			{Name: "Rdata", Type: Text}, {Name: "Type", Type: Text, Plain: true}, {Name: "Class", Type: Text, Plain: true},
		}},
		{Name: "srcaddr", Type: Text, Address: true},
		{Name: "srcport", Type: Number}, // written as a text
		{Name: "transport", Type: Text, Plain: true},
		{Name: "srcids", Type: Struct, Fields: []Field{
			{Name: "instance", Type: Text, Plain: true}, {Name: "resolver_endpoint", Type: Text, Plain: true},
			{Name: "resolver_network_interface", Type: Text, Plain: true},
		}},
		{Name: "firewall_rule_group_id", Type: Text, Plain: true},
		{Name: "firewall_rule_action", Type: Text, Plain: true},
		{Name: "firewall_domain_list_id", Type: Text, Plain: true},
	},
}
