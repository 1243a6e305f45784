terraform {
  required_version = ">= 1.5"
  required_providers {
    local = {
      source = "hashicorp/local"
    }
  }
}

variable "environment" {
  type        = string
  description = "Which environment the site belongs to."
}

variable "live_dir" {
  type        = string
  description = "The folder where the live objects of this demonstration are kept."
}

variable "replicas" {
  type        = number
  description = "How many backends the site has."
}

variable "greeting" {
  type        = string
  description = "What the front page says."
}

resource "local_file" "index" {
  filename = "${var.live_dir}/${var.environment}/index.html"
  content  = "<h1>${var.greeting}</h1>\n"
}

resource "local_file" "firewall_policy" {
  filename = "${var.live_dir}/${var.environment}/firewall-policy.json"
  content = jsonencode({
    allow = ["10.0.0.0/8"]
    deny  = ["0.0.0.0/0"]
  })
}

resource "local_file" "backend" {
  count    = var.replicas
  filename = "${var.live_dir}/${var.environment}/backends/${count.index}.conf"
  content  = "listen 127.0.0.1:${9000 + count.index}\n"
}

output "backends" {
  value = local_file.backend[*].filename
}
