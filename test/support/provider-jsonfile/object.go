package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/hashicorp/terraform-plugin-framework/datasource"
	dataschema "github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/planmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/stringplanmodifier"
	"github.com/hashicorp/terraform-plugin-framework/types"
)

// In the file, the content's entries stand beside these two.
const (
	secretKey = "$secret"
	kindKey   = "$kind"
)

// object is what Terraform knows of a file. Changing kind or path means another object.
type object struct {
	ID      types.String `tfsdk:"id"`
	Path    types.String `tfsdk:"path"`
	Content types.Map    `tfsdk:"content"`
	Secret  types.String `tfsdk:"secret"`
	Kind    types.String `tfsdk:"kind"`
}

type objectResource struct{}

func (objectResource) Metadata(_ context.Context, _ resource.MetadataRequest, response *resource.MetadataResponse) {
	response.TypeName = "jsonfile_object"
}

func (objectResource) Schema(_ context.Context, _ resource.SchemaRequest, response *resource.SchemaResponse) {
	replace := []planmodifier.String{stringplanmodifier.RequiresReplace()}
	keep := []planmodifier.String{stringplanmodifier.UseStateForUnknown()}
	response.Schema = schema.Schema{Attributes: map[string]schema.Attribute{
		"id":      schema.StringAttribute{Computed: true, PlanModifiers: keep},
		"path":    schema.StringAttribute{Required: true, PlanModifiers: replace},
		"content": schema.MapAttribute{Required: true, ElementType: types.StringType},
		"secret":  schema.StringAttribute{Optional: true, Sensitive: true},
		"kind":    schema.StringAttribute{Optional: true, PlanModifiers: replace},
	}}
}

func (objectResource) Create(ctx context.Context, request resource.CreateRequest, response *resource.CreateResponse) {
	var planned object
	response.Diagnostics.Append(request.Plan.Get(ctx, &planned)...)
	if response.Diagnostics.HasError() {
		return
	}
	if err := write(ctx, planned); err != nil {
		response.Diagnostics.AddError("The object can't be created", err.Error())
		return
	}
	planned.ID = planned.Path
	response.Diagnostics.Append(response.State.Set(ctx, planned)...)
}

func (objectResource) Read(ctx context.Context, request resource.ReadRequest, response *resource.ReadResponse) {
	var known object
	response.Diagnostics.Append(request.State.Get(ctx, &known)...)
	if response.Diagnostics.HasError() {
		return
	}
	live, err := read(ctx, known.Path.ValueString())
	if errors.Is(err, fs.ErrNotExist) {
		response.State.RemoveResource(ctx)
		return
	}
	if err != nil {
		response.Diagnostics.AddError("The object can't be read", err.Error())
		return
	}
	response.Diagnostics.Append(response.State.Set(ctx, live)...)
}

func (objectResource) Update(ctx context.Context, request resource.UpdateRequest, response *resource.UpdateResponse) {
	var planned object
	response.Diagnostics.Append(request.Plan.Get(ctx, &planned)...)
	if response.Diagnostics.HasError() {
		return
	}
	if err := write(ctx, planned); err != nil {
		response.Diagnostics.AddError("The object can't be changed", err.Error())
		return
	}
	response.Diagnostics.Append(response.State.Set(ctx, planned)...)
}

func (objectResource) Delete(ctx context.Context, request resource.DeleteRequest, response *resource.DeleteResponse) {
	var known object
	response.Diagnostics.Append(request.State.Get(ctx, &known)...)
	if response.Diagnostics.HasError() {
		return
	}
	if err := os.Remove(known.Path.ValueString()); err != nil && !errors.Is(err, fs.ErrNotExist) {
		response.Diagnostics.AddError("The object can't be deleted", err.Error())
	}
}

func (objectResource) ImportState(ctx context.Context, request resource.ImportStateRequest, response *resource.ImportStateResponse) {
	resource.ImportStatePassthroughID(ctx, path.Root("path"), request, response)
}

type objectData struct{}

func (objectData) Metadata(_ context.Context, _ datasource.MetadataRequest, response *datasource.MetadataResponse) {
	response.TypeName = "jsonfile_object"
}

func (objectData) Schema(_ context.Context, _ datasource.SchemaRequest, response *datasource.SchemaResponse) {
	response.Schema = dataschema.Schema{Attributes: map[string]dataschema.Attribute{
		"id":      dataschema.StringAttribute{Computed: true},
		"path":    dataschema.StringAttribute{Required: true},
		"content": dataschema.MapAttribute{Computed: true, ElementType: types.StringType},
		"secret":  dataschema.StringAttribute{Computed: true, Sensitive: true},
		"kind":    dataschema.StringAttribute{Computed: true},
	}}
}

func (objectData) Read(ctx context.Context, request datasource.ReadRequest, response *datasource.ReadResponse) {
	var wanted types.String
	response.Diagnostics.Append(request.Config.GetAttribute(ctx, path.Root("path"), &wanted)...)
	if response.Diagnostics.HasError() {
		return
	}
	live, err := read(ctx, wanted.ValueString())
	if err != nil {
		response.Diagnostics.AddError("The object can't be read", err.Error())
		return
	}
	response.Diagnostics.Append(response.State.Set(ctx, live)...)
}

func write(ctx context.Context, wanted object) error {
	entries := map[string]string{}
	if diagnostics := wanted.Content.ElementsAs(ctx, &entries, false); diagnostics.HasError() {
		return fmt.Errorf("content: %v", diagnostics)
	}
	if !wanted.Secret.IsNull() {
		entries[secretKey] = wanted.Secret.ValueString()
	}
	if !wanted.Kind.IsNull() {
		entries[kindKey] = wanted.Kind.ValueString()
	}
	text, err := json.MarshalIndent(entries, "", "  ")
	if err != nil {
		return err
	}
	file := wanted.Path.ValueString()
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		return err
	}
	return os.WriteFile(file, append(text, '\n'), 0o600)
}

func read(ctx context.Context, file string) (object, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return object{}, err
	}
	entries := map[string]string{}
	if err := json.Unmarshal(text, &entries); err != nil {
		return object{}, fmt.Errorf("%s: %w", file, err)
	}
	take := func(key string) types.String {
		value, found := entries[key]
		delete(entries, key)
		if !found {
			return types.StringNull()
		}
		return types.StringValue(value)
	}
	live := object{ID: types.StringValue(file), Path: types.StringValue(file), Secret: take(secretKey), Kind: take(kindKey)}
	content, diagnostics := types.MapValueFrom(ctx, types.StringType, entries)
	if diagnostics.HasError() {
		return object{}, fmt.Errorf("content: %v", diagnostics)
	}
	live.Content = content
	return live, nil
}
