import type { AppError } from '../errors.ts';

/** Whether an error leaves work going on at the machine: the connection is gone for good, or nobody heard the cancel. */
export const mayGoOn = (error: AppError): boolean => error.code === 'connection-lost' || error.data?.isEnded === false;
