/**
 * Deliver. Owns: what is pushed to others (the audit webhook, messages), the queues on the disk in which it waits, tries and
 * their pauses, signatures. Does not own: what happened, nor whether the trail was written.
 */

export { auditSender } from './audit-sender.ts'
export { createDelivery, type Delivery, type Destination } from './delivery.ts'
export { dueDay } from './digest.ts'
export { notifyOptions } from './notify-options.ts'
export { notifyDestination } from './notify-sender.ts'
export { deliveryOptions, webhookOptions } from './options.ts'
