import { Button } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { useMutation } from '@tanstack/react-query';
import { IconDownload } from '@tabler/icons-react';
import { useApi } from '../../api/api-context.ts';
import { messageOf } from '../../api/api-error.ts';
import { apiPaths } from '../../api/paths.ts';
import { saveFile } from '../../ui/save-file.ts';
import classes from './audit.module.css';

const FORMATS = ['json', 'csv', 'ndjson'] as const;

/** Saves the records that the filters leave as a file, in one of three formats. */
export function ExportButtons({ query }: { query: Record<string, string> }) {
  const api = useApi();
  const save = useMutation({
    mutationFn: async (format: (typeof FORMATS)[number]) => {
      saveFile(await api.file(apiPaths.auditExport({ ...query, format })), `audit.${format}`);
    },
    onError: (error) =>
      notifications.show({
        color: 'red',
        title: 'The export failed',
        message: messageOf(error),
        closeButtonProps: { 'aria-label': 'Close' },
      }),
  });
  return (
    <div className={classes.exports} role="group" aria-label="Export">
      {FORMATS.map((format) => (
        <Button
          key={format}
          size="xs"
          variant="default"
          leftSection={<IconDownload size={15} aria-hidden />}
          loading={save.isPending && save.variables === format}
          aria-label={`Export as ${format.toUpperCase()}`}
          onClick={() => save.mutate(format)}
        >
          {format.toUpperCase()}
        </Button>
      ))}
    </div>
  );
}
