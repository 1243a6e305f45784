/** How a branch is protected at a Git host, with the keys, shapes and values that people bring along. */
export const BRANCH_PROTECTION = {
  branch_protection: {
    main: {
      required_status_checks: {
        strict: true,
        contexts: ['security/checkov', 'terraform/plan', 'infrastructure/validate'],
      },
      required_pull_request_reviews: {
        required_approving_review_count: 2,
        dismiss_stale_reviews: true,
        require_code_owner_reviews: true,
        require_last_push_approval: true,
      },
      restrictions: { users: [] as string[], teams: ['infrastructure-admins', 'security-team'] },
      enforce_admins: true,
      allow_force_pushes: false,
      allow_deletions: false,
    },
  },
  codeowners: {
    'terraform/': '@infrastructure-team @security-team',
    'k8s/production/': '@infrastructure-team @security-team @platform-team',
    'secrets/': '@security-team',
  },
};

/** The same rules as a config of Plumbline has them: for what is applied, not only for what is merged. */
export function configOf({ branch_protection: { main } }: typeof BRANCH_PROTECTION): object {
  const reviews = main.required_pull_request_reviews;
  const { users, teams } = main.restrictions;
  return {
    repos: [{ name: 'infra', url: 'https://git.example.com/infra.git', branch: 'main' }],
    environments: [
      {
        name: 'production',
        repo: 'infra',
        policy: {
          approvals: {
            required: reviews.required_approving_review_count,
            dismiss_stale: reviews.dismiss_stale_reviews,
            require_code_owners: reviews.require_code_owner_reviews,
            require_last_push_approval: reviews.require_last_push_approval,
          },
          ...(main.required_status_checks.contexts.includes('infrastructure/validate')
            ? { validate: ['sh', 'validate.sh'] }
            : {}),
        },
      },
    ],
    auth: {
      oidc: [
        {
          issuer: 'https://login.example.com',
          audience: 'plumbline',
          grants: [
            { team: '*', role: 'viewer' },
            ...[...users, ...teams].map((team) => ({ team, role: 'approver' })),
          ],
        },
      ],
    },
  };
}

/** The text of the CODEOWNERS file. */
export function codeOwnersOf({ codeowners }: typeof BRANCH_PROTECTION): string {
  return Object.entries(codeowners)
    .map(([path, owners]) => `${path} ${owners}\n`)
    .join('');
}
