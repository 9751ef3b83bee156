-- AWS EC2 Discovery Call
-- id: 5f4f476f-50d8-4149-b46a-fb5ff114f8b6
-- level: informational
-- technique: T1580
SELECT _file, _index, irregular, record, [0] AS rules
FROM cloudtrail
WHERE irregular
  OR (
    eventTime >= '2026-03-10T00:00:00'
    AND eventTime < '2026-03-11T00:00:00'
    AND lower(eventSource) = 'ec2.amazonaws.com'
    AND lower(eventName) IN ('describeaccountattributes', 'describeavailabilityzones', 'describecapacityreservations', 'describehostreservations', 'describeimages', 'describeinstances', 'describeinstancetypeofferings', 'describeinstancetypes', 'describekeypairs', 'describelaunchtemplates', 'describeregions', 'describesecuritygroups', 'describesnapshots')
  )
ORDER BY _file, _index;
