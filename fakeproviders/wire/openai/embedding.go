package openai

import (
	"encoding/base64"
	"encoding/binary"
	"math"
	"strconv"

	"github.com/tidwall/gjson"

	"github.com/routedrill/routedrill/fakeproviders/wire"
)

// AppendEmbeddings appends the body that answers an embeddings request with
// vectors of the given length, which depend on the input and the model only.
func AppendEmbeddings(dst []byte, r *wire.Request, a *wire.Answer, dimensions int) []byte {
	dst = append(dst, "{\"object\":\"list\",\"data\":["...)
	vector := make([]float32, dimensions)
	for i := range r.Inputs {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = append(dst, "{\"object\":\"embedding\",\"index\":"...)
		dst = strconv.AppendInt(dst, int64(i), 10)
		dst = append(dst, ",\"embedding\":"...)
		wire.Vector(vector, a.Model, r.Inputs[i])
		dst = appendVector(dst, vector, r.Base64)
		dst = append(dst, '}')
	}
	dst = append(dst, "],\"model\":"...)
	dst = gjson.AppendJSONString(dst, a.Model)
	if a.Usage.Missing {
		return append(dst, "}\n"...)
	}
	dst = append(dst, ",\"usage\":{\"prompt_tokens\":"...)
	dst = strconv.AppendInt(dst, int64(a.Usage.Prompt), 10)
	dst = append(dst, ",\"total_tokens\":"...)
	dst = strconv.AppendInt(dst, int64(a.Usage.Prompt), 10)
	return append(dst, "}}\n"...)
}

func appendVector(dst []byte, v []float32, asBase64 bool) []byte {
	if asBase64 {
		raw := make([]byte, 0, 4*len(v))
		for _, x := range v {
			raw = binary.LittleEndian.AppendUint32(raw, math.Float32bits(x))
		}
		dst = append(dst, '"')
		dst = base64.StdEncoding.AppendEncode(dst, raw)
		return append(dst, '"')
	}
	dst = append(dst, '[')
	for i, x := range v {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = strconv.AppendFloat(dst, float64(x), 'g', -1, 32)
	}
	return append(dst, ']')
}

// AppendModel appends one model object.
func AppendModel(dst []byte, m *wire.Model) []byte {
	dst = append(dst, "{\"id\":"...)
	dst = gjson.AppendJSONString(dst, m.Name)
	dst = append(dst, ",\"object\":\"model\",\"created\":"...)
	dst = strconv.AppendInt(dst, m.Created, 10)
	dst = append(dst, ",\"owned_by\":"...)
	dst = gjson.AppendJSONString(dst, m.Owner)
	return append(dst, '}')
}

// AppendModels appends the list of models.
func AppendModels(dst []byte, models []wire.Model) []byte {
	dst = append(dst, "{\"object\":\"list\",\"data\":["...)
	for i := range models {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = AppendModel(dst, &models[i])
	}
	return append(dst, "]}\n"...)
}
