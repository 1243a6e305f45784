import { tmpdir } from 'node:os';
import { describe, expect, it } from 'vitest';
import { networkFilesystem, refuseNetworkFilesystem } from './network-filesystem.ts';

const FUSE = 0x65735546;
const MOUNTS = [
  '22 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw',
  '40 22 0:40 / /mnt/remote rw shared:2 - fuse.sshfs me@host:/ rw',
  '41 22 0:41 / /mnt/remote/local rw - fuse.ntfs-3g /dev/sdb1 rw',
  '42 22 0:42 / /mnt/with\\040space rw - fuse.rclone bucket: rw',
].join('\n');

describe('networkFilesystem', () => {
  it.each([
    ['nfs', 0x6969],
    ['smb', 0x517b],
    ['cifs', 0xff534d42],
    ['cifs', 0xff534d42 - 2 ** 32],
    ['smb2', 0xfe534d42],
    ['9p', 0x01021997],
    ['ceph', 0x00c36400],
  ])('knows %s by its number', (name, magic) => {
    expect(networkFilesystem(magic, '', '/data')).toBe(name);
  });

  it.each([
    ['ext4', 0xef53],
    ['xfs', 0x58465342],
    ['btrfs', 0x9123683e],
    ['overlay', 0x794c7630],
    ['tmpfs', 0x01021994],
    ['zfs', 0x2fc12fc1],
  ])('takes %s as local', (_name, magic) => {
    expect(networkFilesystem(magic, MOUNTS, '/data')).toBeUndefined();
  });

  it.each([
    ['/mnt/remote/data', 'fuse.sshfs'],
    ['/mnt/remote', 'fuse.sshfs'],
    ['/mnt/with space/data', 'fuse.rclone'],
    ['/mnt/remote/local/data', undefined],
    ['/mnt/remoteness', undefined],
  ])('finds out what is behind FUSE at %s', (path, name) => {
    expect(networkFilesystem(FUSE, MOUNTS, path)).toBe(name);
  });

  it('lets the temporary folder of this machine pass', async () => {
    await expect(refuseNetworkFilesystem(tmpdir())).resolves.toBeUndefined();
  });
});
