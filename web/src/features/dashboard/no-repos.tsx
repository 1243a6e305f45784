import { IconGitBranch } from '@tabler/icons-react';
import { Notice } from '../../ui/notice.tsx';

const SNIPPET = `repos:
  - name: my-infra
    url: https://github.com/myorg/terraform-infra.git
    schedule: "0 */6 * * *"   # optional
`;

/** What the dashboard shows when the config names no repo: how to add the first. */
export function NoRepos() {
  return (
    <Notice icon={<IconGitBranch size={22} aria-hidden />} title="No repos yet">
      <p>
        Add one to <code>config.yaml</code>, then send the server SIGHUP or start it again:
      </p>
      <pre tabIndex={0} aria-label="Example for config.yaml">
        <code>{SNIPPET}</code>
      </pre>
    </Notice>
  );
}
