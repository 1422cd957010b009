package main

import (
	"github.com/pulumi/pulumi-terraform-bridge/v3/pkg/tfbridge"
	tfshim "github.com/pulumi/pulumi-terraform-bridge/v3/pkg/tfshim"
)

// property is what Pulumi sees of an attribute or block.
type property struct {
	Terraform string              `json:"terraform"`
	Many      bool                `json:"many"`
	Input     bool                `json:"input"`
	Secret    bool                `json:"secret"`
	Nested    map[string]property `json:"nested,omitempty"`
}

// describe returns the properties of each kind, by token.
func describe(info tfbridge.ProviderInfo) map[string]map[string]any {
	kinds := map[string]map[string]any{}
	for name, resource := range info.Resources {
		schema := info.P.ResourcesMap().Get(name).Schema()
		kinds[string(resource.Tok)] = map[string]any{
			"terraform": name, "properties": properties(schema, resource.Fields),
		}
	}
	return kinds
}

func properties(schema tfshim.SchemaMap, infos map[string]*tfbridge.SchemaInfo) map[string]property {
	found := map[string]property{}
	schema.Range(func(name string, attribute tfshim.Schema) bool {
		info := infos[name]
		found[tfbridge.TerraformToPulumiNameV2(name, schema, infos)] = property{
			Terraform: name,
			Many: (attribute.Type() == tfshim.TypeList || attribute.Type() == tfshim.TypeSet) &&
				!tfbridge.IsMaxItemsOne(attribute, info),
			Input:  attribute.Required() || attribute.Optional(),
			Secret: attribute.Sensitive() || info != nil && info.Secret != nil && *info.Secret,
			Nested: nested(attribute, info),
		}
		return true
	})
	return found
}

// nested descends into a block, whether it is there once, many times or, as an object, by name.
func nested(attribute tfshim.Schema, info *tfbridge.SchemaInfo) map[string]property {
	var infos map[string]*tfbridge.SchemaInfo
	if info != nil {
		infos = info.Fields
		if info.Elem != nil {
			infos = info.Elem.Fields
		}
	}
	switch element := attribute.Elem().(type) {
	case tfshim.Resource:
		return properties(element.Schema(), infos)
	case tfshim.Schema:
		if inner, ok := element.Elem().(tfshim.Resource); ok {
			return properties(inner.Schema(), infos)
		}
	}
	return nil
}
