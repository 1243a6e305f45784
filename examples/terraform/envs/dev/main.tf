variable "live_dir" {
  type    = string
  default = "/tmp/plumbline-example"
}

module "site" {
  source      = "../../modules/site"
  environment = "dev"
  live_dir    = var.live_dir
  replicas    = 1
  greeting    = "Hello from dev"
}

output "backends" {
  value = module.site.backends
}
