/**
 * The JSON in what a tool printed: OpenTofu puts warnings about its CLI configuration before it, on the same stream.
 * Text without a line that starts with a brace is given back as it is.
 */
export function jsonPart(output: string): string {
  const start = output.startsWith('{') ? 0 : output.indexOf('\n{') + 1;
  return output.slice(start);
}
