import { describe, expect, it } from 'vitest';
import { versionOfOutput } from './probe.ts';

describe('versionOfOutput', () => {
  it.each([
    ['{"terraform_version": "1.11.4", "platform": "linux_amd64"}', '1.11.4'],
    ['Warning: no config {file}\n{\n  "terraform_version": "1.11.4"\n}\n', '1.11.4'],
    ['╷\n│ Warning: Unable to open CLI configuration file\n╵\nTerraform v1.5.7\non linux_amd64\n', '1.5.7'],
    ['{"terraform_version": "1.13.0-rc1"}', '1.13.0-rc1'],
    ['terragrunt version v0.67.1', '0.67.1'],
    ['temporal version 1.5.1 (Server 1.29.1, UI 2.42.1)', '1.5.1'],
    ['git version 2.39.5 (Apple Git-154)', '2.39.5'],
    ['Kubernetes v1.36.3\n', '1.36.3'],
    [
      'etcd Version: 3.7.3\nGit SHA: Not provided (use ./build instead of go build)\nGo Version: go1.26.8',
      '3.7.3',
    ],
    [
      '{"clientVersion": {"major": "1", "minor": "32", "gitVersion": "v1.32.4", "goVersion": "go1.23.6"}, "kustomizeVersion": "v5.5.0"}',
      '1.32.4',
    ],
    ['tool 3.2', '3.2.0'],
  ])('in %j finds %s', (output, version) => {
    expect(versionOfOutput(output)).toBe(version);
  });

  it.each(['', 'usage: tool [options]', 'Version  : git'])('finds none in %j', (output) => {
    expect(versionOfOutput(output)).toBeNull();
  });
});
