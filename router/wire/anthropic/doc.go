// Package anthropic is the client's side of Anthropic's Messages API, as bytes,
// to and from the normal form: https://platform.claude.com/docs/en/api/messages
//
// What differs from OpenAI's API, and what is made of it:
//
//   - System prompts stand at the top, wherever the client put them, as the
//     vendor's own compatibility layer does it:
//     https://docs.anthropic.com/en/api/openai-sdk. A conversation of nothing but
//     system prompts gets its last one as the user's message.
//   - Turns alternate: messages in a row from one side become one, and the results
//     of tools are the user's, in front of what else the user says.
//   - max_tokens is needed: the client's, else what the model can give and its
//     context surely holds, else 4096.
//   - temperature ends at 1, and higher ones become 1. Newer models refuse top_p
//     beside it, so where both are given temperature goes.
//   - Stop sequences must hold more than white space; those that do not are left
//     out. So is white space at the end of an answer's beginning put into the
//     model's mouth.
//   - A JSON Schema goes into output_config.format, which is as binding as OpenAI's.
//     For "any JSON object" there is nothing: a system prompt asks for it.
//   - Penalties and seed have no counterpart and are left out, being hints. More
//     than one answer cannot be asked for, which takes the target out of the plan.
//
// Prompts keep the client's order. Marks for the prompt cache stand where
// nothing changes from one turn to the next: on the last system prompt, or the
// last tool where there is none, and on the last answer that the conversation
// already holds. A prompt of one turn is never written to the cache beyond its
// system prompt, because that costs more than it saves.
package anthropic
