import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** A certificate and its key, as paths of PEM files. */
export interface Certificate {
  certPath: string;
  keyPath: string;
}

/**
 * Makes an authority in a folder, or a certificate that one has signed, for a day.
 * @param name of the files, and what the certificate is made out to
 * @throws Error that says what to install where openssl is missing
 */
export async function makeCertificate(
  folder: string,
  name: string,
  authority?: Certificate,
): Promise<Certificate> {
  const made = { certPath: join(folder, `${name}.crt`), keyPath: join(folder, `${name}.key`) };
  const by =
    authority === undefined
      ? ['-addext', 'keyUsage=critical,keyCertSign']
      : ['-CA', authority.certPath, '-CAkey', authority.keyPath];
  const end = authority === undefined ? [] : ['-addext', 'basicConstraints=critical,CA:FALSE'];
  // prettier-ignore
  const args = ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '1',
    '-subj', `/CN=${name}`, '-addext', `subjectAltName=DNS:${name}`, '-keyout', made.keyPath, '-out', made.certPath];
  try {
    await run('openssl', [...args, ...by, ...end]);
  } catch (cause) {
    throw new Error(
      'Certificates are made by openssl 3: install the Debian package "openssl" (postgresql brings it).',
      { cause },
    );
  }
  return made;
}
