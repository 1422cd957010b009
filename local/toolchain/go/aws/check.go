package main

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/pulumi/pulumi-terraform-bridge/v3/pkg/tfbridge"
	tfshim "github.com/pulumi/pulumi-terraform-bridge/v3/pkg/tfshim"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
)

// beforeCheck does to a resource's inputs what the official plugin does, and takes out what is too new. What is
// too new within a block stays, and is refused by name.
func beforeCheck(o overrides, token string, schema tfshim.SchemaMap) tfbridge.PreCheckCallback {
	_, taggable := schema.GetOk("tags")
	return func(ctx context.Context, inputs, config resource.PropertyMap) (resource.PropertyMap, error) {
		checked := inputs.Copy()
		for _, name := range o.Newer[token] {
			if _, given := checked[resource.PropertyKey(name)]; given {
				delete(checked, resource.PropertyKey(name))
				tfbridge.GetLogger(ctx).Warn(fmt.Sprintf(
					"%s of %s is left out: it is newer than this provider", name, token))
			}
		}
		if !taggable {
			return checked, nil
		}
		defaults, err := defaultTags(config)
		if err != nil {
			return nil, err
		}
		if tags, whole := merge(defaults, checked["tags"]); whole && len(tags.ObjectValue()) > 0 {
			checked["tags"] = tags
		}
		return checked, nil
	}
}

// merge lays a resource's own tags over the defaults; it cannot while the own ones are not known.
func merge(defaults resource.PropertyMap, own resource.PropertyValue) (resource.PropertyValue, bool) {
	secret := own.IsSecret()
	if secret {
		own = own.SecretValue().Element
	}
	if own.ContainsUnknowns() && !own.IsObject() {
		return own, false
	}
	merged := defaults.Copy()
	if own.IsObject() {
		for key, value := range own.ObjectValue() {
			merged[key] = value
		}
	}
	tags := resource.NewObjectProperty(merged)
	if secret {
		tags = resource.MakeSecret(tags)
	}
	return tags, true
}

// defaultTags reads the provider's defaultTags, which the SDK sends as JSON.
func defaultTags(config resource.PropertyMap) (resource.PropertyMap, error) {
	value, given := config["defaultTags"]
	if !given {
		return resource.PropertyMap{}, nil
	}
	if value.IsString() {
		var decoded map[string]any
		if err := json.Unmarshal([]byte(value.StringValue()), &decoded); err != nil {
			return nil, fmt.Errorf("defaultTags: %w", err)
		}
		value = resource.NewObjectProperty(resource.NewPropertyMapFromMap(decoded))
	}
	if !value.IsObject() || !value.ObjectValue()["tags"].IsObject() {
		return resource.PropertyMap{}, nil
	}
	return value.ObjectValue()["tags"].ObjectValue(), nil
}
