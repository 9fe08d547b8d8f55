package config

import (
	"slices"

	"github.com/goccy/go-yaml/ast"
	"github.com/invopop/jsonschema"

	"github.com/routedrill/routedrill/router"
)

const maxTenantName = 128

// tenants reads the limits of tenants. That what they name exists is checked by
// router.New, since a drill brings providers of its own.
func (d *decoder) tenants(n ast.Node, path string, f *File) {
	d.each(n, path, func(name string, at, value ast.Node) {
		if name == "" || len(name) > maxTenantName || secretName(name) {
			d.fail(at, path, "", "a tenant's name must not be empty, above %d bytes or look like a key", maxTenantName)
			return
		}
		t := router.Tenant{Name: name}
		d.mapping(value, join(path, name),
			field{"regions", d.regions(&t.Regions)},
			field{"providers", d.names(&t.Providers, "providers", validProvider)},
		)
		if i := slices.IndexFunc(f.Tenants, func(t router.Tenant) bool { return t.Name == name }); i >= 0 {
			f.Tenants[i] = t
			return
		}
		f.Tenants = append(f.Tenants, t)
	})
}

func validProvider(s string) bool { return s != "" && len(s) <= maxProviderName }

// regions reads a list of regions or beginnings of them.
func (d *decoder) regions(dst *[]string) reader {
	return d.names(dst, "regions", router.ValidRegion)
}

// names reads a list of texts that are not known beforehand.
func (d *decoder) names(dst *[]string, what string, valid func(string) bool) reader {
	return func(n ast.Node, path string) {
		if probed(n, func() *jsonschema.Schema { return listForm(textForm(), 1) }) {
			return
		}
		list, ok := d.resolve(n).(*ast.SequenceNode)
		if !ok || len(list.Values) == 0 {
			d.fail(n, path, "leave the key out for any", "must be a list of %s", what)
			return
		}
		*dst = nil
		for _, v := range list.Values {
			switch s, _ := d.scalar(v); {
			case !valid(s):
				d.fail(v, path, "", "%s cannot stand in a list of %s", shown(s, maxPlain), what)
			case slices.Contains(*dst, s):
				d.fail(v, path, "", "%s is listed twice", shown(s, maxPlain))
			default:
				*dst = append(*dst, s)
			}
		}
	}
}
