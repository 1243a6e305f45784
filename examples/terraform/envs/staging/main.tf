variable "live_dir" {
  type    = string
  default = "/tmp/plumbline-example"
}

module "site" {
  source      = "../../modules/site"
  environment = "staging"
  live_dir    = var.live_dir
  replicas    = 2
  greeting    = "Hello from staging"
}

output "backends" {
  value = module.site.backends
}
