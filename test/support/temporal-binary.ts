/** The `temporal` program that tests use. */
export async function temporalBinary(): Promise<string> {
  const path = process.env['PLUMBLINE_TEST_TEMPORAL'];
  if (path === undefined) throw new Error('PLUMBLINE_TEST_TEMPORAL is not set.');
  return path;
}
