import { ActionIcon } from '@mantine/core';
import { IconX } from '@tabler/icons-react';
import type { ResourceJson } from '../../api/types.ts';
import { Fact } from '../../ui/fact.tsx';
import { Commit } from '../../ui/commit.tsx';
import { RelativeTime } from '../../ui/relative-time.tsx';
import badge from '../../ui/status-badge.module.css';
import { HEALTH_LOOKS, SYNC_LOOKS } from './resource-words.ts';
import classes from './resources.module.css';

/** All that is known of one resource: why it is not well, how its containers ended, what the cluster said of it. */
export function ResourceDetails({ resource, onClose }: { resource: ResourceJson; onClose: () => void }) {
  const { address, sync, health, images, written, ends, events } = resource;
  return (
    <aside className={`card ${classes.details}`} aria-label={`Details of ${address}`}>
      <header className={classes.detailsHead}>
        <h3>
          <code>{address}</code>
        </h3>
        <ActionIcon variant="subtle" color="gray" size="sm" aria-label="Close the details" onClick={onClose}>
          <IconX size={16} aria-hidden />
        </ActionIcon>
      </header>
      <dl className={classes.facts}>
        {sync !== null && (
          <Fact label="Sync">
            <span className={badge.badge} data-tone={SYNC_LOOKS[sync].tone}>
              {SYNC_LOOKS[sync].label}
            </span>{' '}
            {SYNC_LOOKS[sync].meaning}
          </Fact>
        )}
        {health !== null && (
          <Fact label="Health">
            <span className={badge.badge} data-tone={HEALTH_LOOKS[health.status].tone}>
              {HEALTH_LOOKS[health.status].label}
            </span>{' '}
            {health.reason || HEALTH_LOOKS[health.status].meaning}
          </Fact>
        )}
        {images.length > 0 && (
          <Fact label={images.length === 1 ? 'Image' : 'Images'}>
            {images.map((image) => (
              <code key={image} className={classes.image}>
                {image}
              </code>
            ))}
          </Fact>
        )}
        {written !== null && (
          <Fact label="Last written by">
            attempt <code>{written.attempt}</code> at <Commit sha={written.commit} />
          </Fact>
        )}
        {ends.map(({ container, exit_code: code, reason, message }) => (
          <Fact key={container} label={`Container ${container} ended`}>
            with {code}
            {reason !== '' && ` (${reason})`}
            {message !== '' && <pre className={classes.words}>{message}</pre>}
          </Fact>
        ))}
      </dl>
      {events.length > 0 && <Events events={events} />}
    </aside>
  );
}

function Events({ events }: { events: ResourceJson['events'] }) {
  return (
    <div className={classes.events}>
      <h4>Events</h4>
      <ol>
        {events.map(({ type, reason, message, count, at }) => (
          <li key={`${reason} ${at} ${message}`} data-type={type}>
            <strong>{reason}</strong> {message}
            <span className="muted">
              {count > 1 && ` ${count} times`} {at !== null && <RelativeTime at={at} />}
            </span>
          </li>
        ))}
      </ol>
    </div>
  );
}
