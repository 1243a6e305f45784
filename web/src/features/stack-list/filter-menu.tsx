import { Button, Checkbox, Popover } from '@mantine/core';
import { IconChevronDown } from '@tabler/icons-react';
import { useState } from 'react';
import classes from './filter-menu.module.css';

/** One choice of a filter. */
export interface FilterOption {
  value: string;
  label: string;
  count: number;
}

/** A button that opens a list of choices; what is chosen stands on the button. */
export function FilterMenu({
  label,
  options,
  chosen,
  onChange,
}: {
  label: string;
  options: readonly FilterOption[];
  chosen: readonly string[];
  onChange: (chosen: string[]) => void;
}) {
  const [opened, setOpened] = useState(false);
  const words = options.filter((option) => chosen.includes(option.value)).map((option) => option.label);
  const summary = words.length > 2 ? `${words.length} chosen` : words.join(', ');
  return (
    <Popover
      opened={opened}
      onChange={setOpened}
      position="bottom-start"
      trapFocus
      returnFocus
      transitionProps={{ duration: 0 }}
    >
      <Popover.Target>
        <Button
          variant={words.length > 0 ? 'light' : 'default'}
          size="sm"
          fw={500}
          rightSection={<IconChevronDown size={15} aria-hidden />}
          onClick={() => setOpened(!opened)}
        >
          {summary === '' ? label : `${label}: ${summary}`}
        </Button>
      </Popover.Target>
      <Popover.Dropdown aria-label={label} className={classes.dropdown}>
        <Checkbox.Group value={[...chosen]} onChange={onChange} aria-label={label}>
          <div className={classes.options}>
            {options.map((option) => (
              <Checkbox
                key={option.value}
                value={option.value}
                size="sm"
                label={
                  <span className={classes.option}>
                    <span>{option.label}</span>
                    <span className="muted num">{option.count}</span>
                  </span>
                }
              />
            ))}
          </div>
        </Checkbox.Group>
        {chosen.length > 0 && (
          <Button variant="subtle" size="compact-sm" mt="sm" onClick={() => onChange([])}>
            Clear {label.toLowerCase()}
          </Button>
        )}
      </Popover.Dropdown>
    </Popover>
  );
}
