import { InvalidArgumentError } from 'commander';

/** The names in an option's value, separated by commas. @throws InvalidArgumentError when there is none */
export function listOf(text: string): string[] {
  const names = text
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '');
  if (names.length === 0) throw new InvalidArgumentError('give at least one name');
  return names;
}
