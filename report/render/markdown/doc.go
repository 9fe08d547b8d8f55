// Package markdown renders a report as GitHub-flavoured Markdown, for a job
// summary or a comment on a pull request.
//
// Names come from files that others may have written, so every character with
// a meaning in Markdown, HTML or on GitHub (pipes, backticks, tags,
// brackets, mentions) is escaped and shows as itself.
package markdown
