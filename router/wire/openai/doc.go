// Package openai is the client's side of the OpenAI API, as bytes: it reads
// requests, answers and streams into the normal form of package llm, and
// rewrites requests by splicing so that fields it does not know pass untouched.
//
// Prompt tokens are estimated as a quarter of the request body's length,
// rounded up: a cheap upper bound of the text in it, used only where no usage
// arrives.
package openai
