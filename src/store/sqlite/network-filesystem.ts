import { readFile, realpath, statfs } from 'node:fs/promises';
import { PlumblineError } from '../../util/errors.ts';

/** File systems whose locks or shared memory SQLite can't trust, by their magic number (statfs(2)). */
const NETWORK_MAGIC: Record<number, string> = {
  0x6969: 'nfs',
  0x517b: 'smb',
  0xff534d42: 'cifs',
  0xfe534d42: 'smb2',
  0x01021997: '9p',
  0x00c36400: 'ceph',
  0x5346414f: 'afs',
  0x0bd00bd0: 'lustre',
  0x47504653: 'gpfs',
  0x19830326: 'beegfs',
  0x7461636f: 'ocfs2',
  0x01161970: 'gfs2',
};
const FUSE_MAGIC = 0x65735546;
/** FUSE says only that it is FUSE; the mount table has the rest. Those not named here are local (e.g. `fuse.ntfs-3g`). */
const NETWORK_FUSE =
  /^fuse\.(sshfs|glusterfs|s3fs|rclone|ceph|cephfs|gcsfuse|blobfuse2?|mount-s3|mountpoint-s3|juicefs|seaweedfs|smbnetfs|davfs2?|gvfsd-fuse|goofys|moosefs|mfs)$/;

/**
 * Refuses a folder on a network file system: SQLite needs locks and shared memory that work between processes.
 * @throws PlumblineError `store_on_network`
 */
export async function refuseNetworkFilesystem(folder: string): Promise<void> {
  if (process.platform !== 'linux') return;
  const { type } = await statfs(folder);
  const mounts = type === FUSE_MAGIC ? await readFile('/proc/self/mountinfo', 'utf8').catch(() => '') : '';
  const name = networkFilesystem(type, mounts, await realpath(folder));
  if (!name) return;
  throw new PlumblineError(
    'store_on_network',
    `The folder ${folder} is on a network file system (${name}), where the embedded store could lose data. ` +
      'Set `store.url` to a PostgreSQL database, or move `data_dir` to a local disk.',
    { details: { folder, filesystem: name } },
  );
}

/** The network file system's name, or undefined for a local one. `mounts` is the text of `/proc/self/mountinfo`. */
export function networkFilesystem(magic: number, mounts: string, path: string): string | undefined {
  // statfs reports a signed number on some machines.
  const unsigned = magic < 0 ? magic + 2 ** 32 : magic;
  if (unsigned !== FUSE_MAGIC) return NETWORK_MAGIC[unsigned];
  const type = mountedType(mounts, path);
  return type && NETWORK_FUSE.test(type) ? type : undefined;
}

function mountedType(mounts: string, path: string): string | undefined {
  let best: { point: string; type: string } | undefined;
  for (const line of mounts.split('\n')) {
    const [left = '', right = ''] = line.split(' - ');
    const point = unescapeMount(left.split(' ')[4] ?? '');
    const type = right.split(' ')[0] ?? '';
    const holds = point === '/' || path === point || path.startsWith(`${point}/`);
    // Of two mounts on one point the later hides the earlier.
    if (point && type && holds && point.length >= (best?.point.length ?? 0)) best = { point, type };
  }
  return best?.type;
}

function unescapeMount(text: string): string {
  return text.replace(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)));
}
