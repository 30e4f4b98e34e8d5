import express, { type RequestHandler } from 'express'

/** Reads a URL-encoded body of at most `limit` bytes; never inflates. */
export function formReader(limit: number): RequestHandler {
  return express.urlencoded({ extended: false, inflate: false, limit, parameterLimit: 32 })
}
