// Package pipeline reads pySigma's processing pipelines and applies them to
// copies of loaded rules, so that rules written for one naming of fields find
// the events of another (pySigma documentation, "Processing Pipelines").
//
// A pipeline here says what a rule becomes. What pySigma lets it say of queries
// (postprocessing, finalizers, allowed_backends) is refused, since the engines
// write their queries themselves. So is every transformation and condition that
// is not in this package's tables: a step that is left out in silence would
// make a query that looks right and is not.
//
// Where the documentation is silent or a rule could quietly come to mean
// something else, this package decides:
//
//   - Each step is applied to all rules and correlations before the next one,
//     so that a correlation's logsource condition sees its rules as its own
//     fields see the step.
//   - A field that becomes several matches when any of them does. A test that
//     asks for what is not there (neq, null, exists: false) must hold of all.
//   - A correlation's field cannot become several, nor take an alias's name.
//   - An alternative that loses its last item to drop_detection_item is dropped
//     with it, and a rule is refused when a search loses its last alternative:
//     nothing comes to match every event.
//   - Values of placeholders are a rule's, and what it has already stays: like
//     in pySigma, the first step that knows a placeholder decides it.
//   - Values are looked at as written, with the wildcards that contains,
//     startswith and endswith add.
//   - The variables of a pipeline are its own. The state and the ids of applied
//     steps go with a rule from one pipeline to the next.
package pipeline
