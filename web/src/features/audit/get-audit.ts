import { infiniteQueryOptions, queryOptions } from '@tanstack/react-query';
import type { ApiClient } from '../../api/client.ts';
import { apiPaths } from '../../api/paths.ts';
import type { AuditPageJson, AuditReportJson, AuditVerificationJson, Compliance } from '../../api/types.ts';

const PAGE = 50;

/** Audit records by the filters, newest first, page by page. */
export function auditQuery(api: ApiClient, filters: Record<string, string>) {
  return infiniteQueryOptions({
    queryKey: ['audit', filters],
    queryFn: ({ signal, pageParam }) =>
      api.get<AuditPageJson>(apiPaths.audit({ ...filters, limit: PAGE, before: pageParam }), { signal }),
    initialPageParam: undefined as number | undefined,
    getNextPageParam: (page) => page.next ?? undefined,
  });
}

/** Checks the whole chain. Asked once and when somebody wants to know it again: it reads every record. */
export function verificationQuery(api: ApiClient) {
  return queryOptions({
    queryKey: ['audit-verification'],
    queryFn: ({ signal }) => api.get<AuditVerificationJson>(apiPaths.auditVerify(), { signal }),
    staleTime: 60_000,
    refetchOnWindowFocus: false,
  });
}

/** The report of one framework over a span of time. */
export function reportQuery(api: ApiClient, compliance: Compliance, span: Record<string, string>) {
  return queryOptions({
    queryKey: ['audit-report', compliance, span],
    queryFn: ({ signal }) =>
      api.get<AuditReportJson>(apiPaths.auditReport({ ...span, compliance }), { signal }),
    staleTime: 60_000,
    refetchOnWindowFocus: false,
  });
}
