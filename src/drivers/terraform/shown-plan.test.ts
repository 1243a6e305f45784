import { deflateRawSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { showInput, withTimestamp } from './shown-plan.ts';

const TOOL = { name: 'terraform', version: '1.11.4' };

/** A field of a protobuf message that holds bytes. */
function field(number: number, content: string): Buffer {
  const bytes = Buffer.from(content);
  const key = number * 8 + 2;
  const head = key < 128 ? [key] : [(key % 128) + 128, Math.floor(key / 128)];
  return Buffer.concat([Buffer.from([...head, bytes.length]), bytes]);
}

/** A ZIP archive, as far as it is read. */
function archive(files: Record<string, Buffer | string>): Buffer {
  const bodies: Buffer[] = [];
  const directory: Buffer[] = [];
  let offset = 0;
  for (const [name, content] of Object.entries(files)) {
    const data = deflateRawSync(content);
    const local = Buffer.alloc(30);
    local.writeUInt16LE(name.length, 26);
    bodies.push(local, Buffer.from(name), data);
    const entry = Buffer.alloc(46);
    entry.writeUInt32LE(0x02014b50, 0);
    entry.writeUInt16LE(8, 10);
    entry.writeUInt32LE(data.length, 20);
    entry.writeUInt16LE(name.length, 28);
    entry.writeUInt32LE(offset, 42);
    directory.push(entry, Buffer.from(name));
    offset += 30 + name.length + data.length;
  }
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50, 0);
  end.writeUInt16LE(Object.keys(files).length, 10);
  end.writeUInt32LE(offset, 16);
  return Buffer.concat([...bodies, ...directory, end]);
}

function planFile(changes: string[], timestamp: string, state = '{}'): Buffer {
  const tfplan = Buffer.concat([
    Buffer.from([8, 3]),
    ...changes.map((change) => field(3, change)),
    field(21, timestamp),
  ]);
  return archive({ tfplan, tfstate: state, '.terraform.lock.hcl': 'provider' });
}

describe('showInput', () => {
  const first = showInput(planFile(['a', 'b'], '2026-03-01T08:00:00Z'), TOOL);

  it('is the same for two plans that differ in their time and the order of their changes', () => {
    const second = showInput(planFile(['b', 'a'], '2026-03-02T08:00:00Z'), TOOL);
    expect(second).toEqual({ madeFrom: first?.madeFrom, timestamp: '2026-03-02T08:00:00Z' });
  });

  it.each([
    ['a change', showInput(planFile(['a', 'c'], 't'), TOOL)],
    ['a change fewer', showInput(planFile(['a'], 't'), TOOL)],
    ['the state', showInput(planFile(['a', 'b'], 't', '{"serial":1}'), TOOL)],
    ['the version of the tool', showInput(planFile(['a', 'b'], 't'), { ...TOOL, version: '1.12.0' })],
  ])('differs with %s', (_what, other) => {
    expect(other).toBeDefined();
    expect(other?.madeFrom).not.toBe(first?.madeFrom);
  });

  it.each([
    ['what is no archive', Buffer.from('encrypted')],
    ['an archive without a plan', archive({ tfstate: '{}' })],
    ['a plan that is no message', archive({ tfplan: Buffer.from([0xff]) })],
    ['a plan without a time', archive({ tfplan: field(3, 'a') })],
    ['a plan that ends too early', archive({ tfplan: Buffer.from([26, 9, 1]) })],
  ])('is not there for %s', (_what, file) => {
    expect(showInput(file, TOOL)).toBeUndefined();
  });
});

describe('withTimestamp', () => {
  it('changes the time of the plan, and nothing that looks like it', () => {
    const shown = '{"a":{"x":"1","timestamp":"old","complete":true},"timestamp":"old","errored":false}\n';
    expect(withTimestamp(shown, 'new')).toBe(
      '{"a":{"x":"1","timestamp":"old","complete":true},"timestamp":"new","errored":false}\n',
    );
  });

  it('refuses what has no time at its end', () => {
    expect(withTimestamp('{"timestamp":"old","later":{}}', 'new')).toBeUndefined();
  });
});
