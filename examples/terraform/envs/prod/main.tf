variable "live_dir" {
  type    = string
  default = "/tmp/plumbline-example"
}

module "site" {
  source      = "../../modules/site"
  environment = "prod"
  live_dir    = var.live_dir
  replicas    = 3
  greeting    = "Hello from production"
}

output "backends" {
  value = module.site.backends
}
