// A Terraform provider for tests: JSON files are its live objects, so that a test can change or delete one behind
// Terraform's back and see it reported.
package main

import (
	"context"
	"log"

	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/provider"
	"github.com/hashicorp/terraform-plugin-framework/providerserver"
	"github.com/hashicorp/terraform-plugin-framework/resource"
)

const address = "plumbline.dev/test/jsonfile"

type jsonfileProvider struct{}

func (jsonfileProvider) Metadata(_ context.Context, _ provider.MetadataRequest, response *provider.MetadataResponse) {
	response.TypeName = "jsonfile"
}

func (jsonfileProvider) Schema(context.Context, provider.SchemaRequest, *provider.SchemaResponse) {}

func (jsonfileProvider) Configure(context.Context, provider.ConfigureRequest, *provider.ConfigureResponse) {
}

func (jsonfileProvider) Resources(context.Context) []func() resource.Resource {
	return []func() resource.Resource{func() resource.Resource { return objectResource{} }}
}

func (jsonfileProvider) DataSources(context.Context) []func() datasource.DataSource {
	return []func() datasource.DataSource{func() datasource.DataSource { return objectData{} }}
}

func main() {
	options := providerserver.ServeOpts{Address: address}
	create := func() provider.Provider { return jsonfileProvider{} }
	if err := providerserver.Serve(context.Background(), create, options); err != nil {
		log.Fatal(err)
	}
}
