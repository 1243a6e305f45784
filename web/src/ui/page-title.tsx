/** The document's title, from the particular to the general. */
export function PageTitle({ parts }: { parts: readonly string[] }) {
  return <title>{[...parts, 'Plumbline'].join(' · ')}</title>;
}
