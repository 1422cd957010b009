package main

import (
	_ "embed"
	"encoding/json"
	"strings"

	"github.com/pulumi/pulumi-terraform-bridge/v3/pkg/tfbridge"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
)

// Where the SDK differs from what the bridge derives from Terraform's schema, by kind and path. Written by
// local/toolchain/mapping.py; archives and secrets by hand. A test holds it equal to the SDK.
//
//go:embed overrides.json
var overridesJSON []byte

// The properties that the SDK has and this version of the provider does not know yet, of the kinds that the
// stacks use. Written and tested likewise.
//
//go:embed newer.json
var newerJSON []byte

type field struct {
	Name        string `json:"name,omitempty"`
	MaxItemsOne *bool  `json:"maxItemsOne,omitempty"`
	Secret      *bool  `json:"secret,omitempty"`
	// The path of a ZIP file in Terraform, an archive in Pulumi.
	Archive bool `json:"archive,omitempty"`
}

type overrides struct {
	// By Terraform name, then by path: names of blocks and of the attribute, joined by dots.
	Fields map[string]map[string]field
	// By token: names of properties.
	Newer map[string][]string
}

func readOverrides() overrides {
	var read overrides
	must(json.Unmarshal(overridesJSON, &read.Fields))
	must(json.Unmarshal(newerJSON, &read.Newer))
	return read
}

// fields turns the paths of a kind into the tree that the bridge wants.
func (o overrides) fields(kind string) map[string]*tfbridge.SchemaInfo {
	tree := map[string]*tfbridge.SchemaInfo{}
	for path, override := range o.Fields[kind] {
		level := tree
		steps := strings.Split(path, ".")
		for _, step := range steps[:len(steps)-1] {
			block := at(level, step)
			if block.Elem == nil {
				block.Elem = &tfbridge.SchemaInfo{Fields: map[string]*tfbridge.SchemaInfo{}}
			}
			level = block.Elem.Fields
		}
		leaf := at(level, steps[len(steps)-1])
		leaf.Name, leaf.MaxItemsOne, leaf.Secret = override.Name, override.MaxItemsOne, override.Secret
		if override.Archive {
			leaf.Asset = &tfbridge.AssetTranslation{Kind: tfbridge.FileArchive, Format: resource.ZIPArchive}
		}
	}
	return tree
}

func at(level map[string]*tfbridge.SchemaInfo, name string) *tfbridge.SchemaInfo {
	if level[name] == nil {
		level[name] = &tfbridge.SchemaInfo{}
	}
	return level[name]
}
