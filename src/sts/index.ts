/**
 * Fetch it. Owns: AWS STS and console federation, one file per STS action, and what their refusals mean.
 * Does not own: who the person is, which roles they may take, how an assertion for AWS is made (it is handed
 * in as text), how credentials are shown. The only room that imports the AWS SDK.
 */
export { type AwsOptions, awsOptions } from './options.ts'
export { type Partition, type PartitionName, partitions } from './partitions.ts'
