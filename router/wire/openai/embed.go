package openai

import (
	"errors"
	"fmt"

	"github.com/routedrill/routedrill/router/internal/jsonscan"
	"github.com/routedrill/routedrill/router/llm"
)

// Embed is the request in normal form, of the embeddings endpoint. It is to
// embeddings what [Request.Chat] is to chat.
func (r *Request) Embed() (*llm.EmbedRequest, error) {
	if r.embed == nil && r.embedErr == nil {
		e := &llm.EmbedRequest{}
		if r.embedErr = readEmbed(e, r.root); r.embedErr == nil {
			r.embed = e
		}
	}
	return r.embed, r.embedErr
}

func readEmbed(e *llm.EmbedRequest, root jsonscan.Value) error {
	for name, v := range root.Fields() {
		if v.IsNull() {
			continue
		}
		switch string(name) {
		case "input":
			if err := texts(&e.Texts, "input", v); err != nil {
				if v.Kind() != '[' {
					return err
				}
				e.Texts, e.Beyond = []string{""}, append(e.Beyond, "an input of tokens")
			}
		case "dimensions":
			if err := whole(&e.Dimensions, "dimensions", v); err != nil {
				return err
			}
		case "encoding_format":
			switch s, _ := v.Text(); s {
			case "float":
			case "base64":
				e.Base64 = true
			default:
				return fmt.Errorf("`encoding_format` must be float or base64")
			}
		}
	}
	if len(e.Texts) == 0 {
		return errors.New("`input` is missing or empty")
	}
	return nil
}
