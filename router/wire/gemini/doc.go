// Package gemini is the client's side of Google's Gemini API, as bytes, to and
// from the normal form: https://ai.google.dev/api/generate-content
//
// What differs from OpenAI's API, and what is made of it:
//
//   - System prompts are the systemInstruction, wherever the client put them. A
//     conversation of nothing but system prompts gets its last one as the user's.
//   - Results of tools name the function rather than the call; the name is looked
//     up in the conversation. Results in a row make one turn, as the API wants them
//     right behind the calls. A result that is no JSON object becomes one, {"output": …}.
//   - Models from Gemini 3 on refuse calls in the conversation without the signature
//     of the thoughts that led to them. OpenAI's API has no place for signatures, so
//     they are replaced by the one the vendor documents for conversations that come
//     from elsewhere: https://ai.google.dev/gemini-api/docs/thought-signatures
//   - Tool calls without an id get one, keyed by the answer they stand in.
//   - JSON Schemas go into parametersJsonSchema and responseJsonSchema as they are.
//   - Penalties are left out: most models refuse them, and they are hints.
//   - Usage counts thoughts apart from the answer; both are output.
//   - A stream has no terminal event: one is made when the body ends behind a reason
//     to finish, and a body that ends without one is cut.
//   - A prompt that was blocked has no answer, which is one that was filtered. A call
//     the model did not get right is a failure.
//   - Vectors come without usage from older models; it is estimated then.
//
// The order of the prompt is the client's, so that the vendor's implicit cache
// finds what came before.
package gemini
