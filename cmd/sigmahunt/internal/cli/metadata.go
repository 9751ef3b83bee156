package cli

import (
	"github.com/sigmahunt/sigmahunt/sigma"
)

// ruleJSON is what a rule or a correlation says of itself, under the names that the Sigma
// specification gives.
type ruleJSON struct {
	Title          string         `json:"title"`
	ID             string         `json:"id,omitempty"`
	Name           string         `json:"name,omitempty"`
	Related        []relatedJSON  `json:"related,omitempty"`
	Taxonomy       string         `json:"taxonomy,omitempty"`
	Status         string         `json:"status,omitempty"`
	Description    string         `json:"description,omitempty"`
	License        string         `json:"license,omitempty"`
	Author         string         `json:"author,omitempty"`
	References     []string       `json:"references,omitempty"`
	Date           string         `json:"date,omitempty"`
	Modified       string         `json:"modified,omitempty"`
	Logsource      map[string]any `json:"logsource"`
	Fields         []string       `json:"fields,omitempty"`
	FalsePositives []string       `json:"falsepositives,omitempty"`
	Level          string         `json:"level,omitempty"`
	Tags           []string       `json:"tags,omitempty"`
	Scope          []string       `json:"scope,omitempty"`
	Custom         map[string]any `json:"custom,omitempty"`
	File           string         `json:"file"`
	Line           int            `json:"line"`
}

type relatedJSON struct {
	ID   string `json:"id"`
	Type string `json:"type"`
}

func metadata(r *sigma.Header) ruleJSON {
	j := ruleJSON{
		Title: r.Title, ID: r.ID, Name: r.Name, Taxonomy: r.Taxonomy, Status: r.Status, Description: r.Description, License: r.License,
		Author: r.Author, References: r.References, Date: r.Date, Modified: r.Modified, Logsource: map[string]any{}, Fields: r.Fields,
		FalsePositives: r.FalsePositives, Level: r.Level, Tags: r.Tags, Scope: r.Scope, Custom: r.AdditionalFields,
		File: r.Source.Name, Line: r.At.Line,
	}
	for _, rel := range r.Related {
		j.Related = append(j.Related, relatedJSON(rel))
	}
	for key, value := range r.Logsource.AdditionalFields {
		j.Logsource[key] = value
	}
	for key, value := range map[string]string{
		"category": r.Logsource.Category, "product": r.Logsource.Product, "service": r.Logsource.Service, "definition": r.Logsource.Definition,
	} {
		if value != "" {
			j.Logsource[key] = value
		}
	}
	return j
}
