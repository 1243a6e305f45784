/** A config file as driftd documents it: all its keys, with its values. */
export const DRIFTD_SAMPLE = `
data_dir: ./data
listen_addr: ":8080"

redis:
  addr: "localhost:6379"
  password: ""
  db: 0

worker:
  concurrency: 5
  lock_ttl: 30m
  retry_once: true
  task_max_age: 6h
  renew_every: 10s

repos:
  - name: my-infra
    url: https://github.com/myorg/terraform-infra.git
    cancel_inflight_on_new_trigger: true
    git:
      type: https
      https_token_env: GIT_TOKEN
      https_username: x-access-token
    schedule: "0 */6 * * *"
    stacks:
      - envs/prod
      - envs/staging
      - envs/dev
`;
