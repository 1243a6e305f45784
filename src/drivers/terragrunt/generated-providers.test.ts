import { describe, expect, it } from 'vitest';
import { generatedProviders } from './generated-providers.ts';

const generate = (contents: string) =>
  `generate "it" {\n  path      = "it.tf"\n  if_exists = "overwrite"\n  contents  = ${contents}\n}\n`;
const heredoc = (text: string) => `<<EOF\n${text}\nEOF`;

describe('generatedProviders', () => {
  it.each<[string, string[] | undefined]>([
    ['inputs = {}\n', []],
    [generate(heredoc('provider "aws" {\n  region = "eu-west-1"\n}')), ['aws']],
    [generate('"provider \\"aws\\" {}"'), ['aws']],
    [generate(heredoc('terraform {\n  backend "s3" {}\n}')), []],
    [generate(heredoc('terraform {\n  required_providers {\n    x = {}\n  }\n}')), undefined],
    [generate(heredoc('resource "null_resource" "a" {}')), undefined],
    [generate('file("provider.tf")'), undefined],
    ['generate = local.files\n', undefined],
    [
      'terraform {\n  extra_arguments "new" {\n    commands  = ["init"]\n    arguments = ["-upgrade"]\n  }\n}\n',
      undefined,
    ],
  ])('of %j are %j', (text, names) => {
    expect(generatedProviders(['locals {}\n', text])).toEqual(names);
  });
});
