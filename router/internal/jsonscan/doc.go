// Package jsonscan reads JSON in place: [Parse] validates a text once, in
// full, and a [Value] then walks it without copying or reflection.
//
// It accepts what encoding/json.Valid accepts, down to [MaxDepth] levels.
// Values are read-only views of the parsed bytes and safe for concurrent use.
package jsonscan
