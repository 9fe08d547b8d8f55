// Package responses puts OpenAI's Responses API into terms of its chat API, which the
// router speaks, and the answers back. The format is that of
// https://platform.openai.com/docs/api-reference/responses.
//
//	out := responses.NewWriter(w)
//	chat, err := out.Request(body) // err is meant for the client
//	serve(out, chat)               // writes a chat answer, whole or streamed
//	body, ok := out.Held()         // a whole answer, which is the caller's to write
//
// Nothing is kept between requests, so what refers to an earlier response is refused,
// as is whatever a chat has no place for: what was asked for is done, or is said not
// to be. Reasoning of earlier turns is left out, since no chat takes it back.
//
// A value serves one request; it is not safe for concurrent use.
package responses
