import { Kbd, TextInput } from '@mantine/core';
import { IconSearch } from '@tabler/icons-react';
import { useEffect, useRef, useState } from 'react';

const WRITE_AFTER_MS = 120;

/** A search field that answers at once and writes `value` a moment after the last key. Escape empties it. */
export function SearchBox({
  value,
  label,
  onChange,
}: {
  value: string;
  label: string;
  onChange: (value: string) => void;
}) {
  const [text, setText] = useState(value);
  const written = useRef(value);
  // What was written and has not come back yet: a late return must not overwrite what was typed since.
  const underWay = useRef<string[]>([]);
  const write = useRef(onChange);
  useEffect(() => {
    write.current = onChange;
  });
  useEffect(() => {
    const returned = underWay.current.lastIndexOf(value);
    underWay.current.splice(0, returned + 1);
    if (returned !== -1 || value === written.current) return;
    written.current = value;
    setText(value);
  }, [value]);
  useEffect(() => {
    if (text === written.current) return;
    const timer = window.setTimeout(() => {
      written.current = text;
      underWay.current.push(text);
      write.current(text);
    }, WRITE_AFTER_MS);
    return () => window.clearTimeout(timer);
  }, [text]);

  return (
    <TextInput
      type="search"
      size="sm"
      data-shortcut="search"
      aria-label={label}
      placeholder={label}
      leftSection={<IconSearch size={16} aria-hidden />}
      rightSection={
        text === '' ? (
          <Kbd size="xs" aria-hidden>
            /
          </Kbd>
        ) : undefined
      }
      value={text}
      onChange={(event) => setText(event.currentTarget.value)}
      onKeyDown={(event) => {
        if (event.key !== 'Escape') return;
        setText('');
        event.currentTarget.blur();
      }}
    />
  );
}
