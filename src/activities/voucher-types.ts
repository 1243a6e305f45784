import type { StarterVoucher } from '../domain/approvals/starter-voucher.ts';

/** Short steps that vouch for the starter of what follows. */
export interface VoucherSteps {
  /** Plumbline's word that its own schedule starts a task; nothing where somebody else does. Safe to run again. */
  vouchForSchedule(input: {
    repo: string;
    kind: 'sync' | 'reconcile';
    workflow_id: string;
    run_id: string;
  }): Promise<{ voucher?: StarterVoucher }>;
  /** How long to wait before a stack's apply is tried again; null: not at all. */
  retryDelay(input: { job_id: string; retry: number }): Promise<{
    delay_ms: number | null;
    /** For that try. */
    voucher?: StarterVoucher;
  }>;
}
