// Package config reads the router's production file, YAML, into a [File] and
// makes a router.Config of it.
//
// The decoding is strict: an unknown key, a number out of range or a duration
// without its unit is an error that names file, line and, for a word, the
// nearest right one. What a file leaves out takes the value of
// router.DefaultResilience; providers and routes may be absent, and the caller
// then supplies them. [Builtin] gives the policies that come with the program,
// which are such files, and [File.Overlay] merges a few keys over a file.
//
// Keys may name environment variables as ${NAME}, also inside { } although
// YAML proper forbids it there; they are looked up by the caller's function
// when the router.Config is made, and never before.
//
// [Schema] is the JSON Schema of a file, for editors. The decoder states it itself.
package config
