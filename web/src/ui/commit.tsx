/** A commit's first eight characters, with the whole of it in the title. */
export function Commit({ sha }: { sha: string | null }) {
  if (!sha) {
    return (
      <span className="muted">
        <span aria-hidden>–</span>
        <span className="sr-only">no commit</span>
      </span>
    );
  }
  return (
    <code className="muted" title={sha}>
      {sha.slice(0, 8)}
    </code>
  );
}
