// Package engine names the program to build, so that go.mod and go.sum pin all that goes into it.
package engine

import _ "github.com/pulumi/pulumi/pkg/v3/cmd/pulumi"
