import type { OutputJson } from '../../api/types.ts';
import { actionLook } from './change-words.ts';
import { AttributeDiff } from './attribute-diff.tsx';
import classes from './stack-page.module.css';

/** The outputs whose value would change. */
export function OutputList({ outputs }: { outputs: readonly OutputJson[] }) {
  if (outputs.length === 0) return null;
  const rows = outputs.map((output) => ({
    pointer: `/${output.name}`,
    before: output.before as unknown,
    after: output.after as unknown,
    sensitive: output.sensitive,
    unknown: output.after === null && output.action !== 'delete',
    cause: 'pending' as const,
  }));
  return (
    <section className="section" aria-labelledby="outputs-title">
      <div className="section-head">
        <h2 id="outputs-title">Outputs</h2>
        <span className="muted">
          {outputs.map((output) => `${actionLook(output.action).word} ${output.name}`).join(', ')}
        </span>
      </div>
      <div className={`card ${classes.padded}`}>
        <AttributeDiff attributes={rows} from="Now" to="After an apply" replacedBecause={[]} />
      </div>
    </section>
  );
}
