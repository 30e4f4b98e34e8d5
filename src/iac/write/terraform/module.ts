/** What one account holds; each account is an instance of it with a provider of its own. */
export const accountModule = `terraform {
  required_version = ">= 1.3"
  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = ">= 5.0"
    }
  }
}

variable "account" {
  description = "The account's id; in ARNs of policies the word ACCOUNT stands for it."
  type        = string
}

variable "saml_providers" {
  description = "Metadata by the provider's name."
  type        = map(string)
}

variable "token_issuers" {
  description = "Audiences by the issuer of OpenID Connect tokens."
  type        = map(list(string))
}

variable "roles" {
  description = "By path and name; trust and next_step are policy documents."
  type = map(object({
    path                 = string
    name                 = string
    description          = string
    max_session_duration = number
    trust                = string
    next_step            = optional(string)
  }))
}

variable "managed_policies" {
  description = "ARNs of managed policies by Role, for every account, and by account id/Role, for one."
  type        = map(list(string))
}

variable "permissions_boundary" {
  description = "ARN of a permissions boundary for every role; empty for none."
  type        = string
}

locals {
  attachments = flatten([
    for key, role in var.roles : [
      for arn in concat(
        lookup(var.managed_policies, key, []),
        lookup(var.managed_policies, "\${var.account}/\${key}", []),
      ) : { role = key, arn = replace(arn, "ACCOUNT", var.account) }
    ]
  ])
}

resource "aws_iam_saml_provider" "this" {
  for_each               = var.saml_providers
  name                   = each.key
  saml_metadata_document = each.value
}

resource "aws_iam_openid_connect_provider" "this" {
  for_each       = var.token_issuers
  url            = each.key
  client_id_list = each.value
}

resource "aws_iam_role" "this" {
  for_each             = var.roles
  path                 = each.value.path
  name                 = each.value.name
  description          = each.value.description
  max_session_duration = each.value.max_session_duration
  assume_role_policy   = each.value.trust
  permissions_boundary = var.permissions_boundary == "" ? null : replace(var.permissions_boundary, "ACCOUNT", var.account)
}

resource "aws_iam_role_policy" "next_step" {
  for_each = { for key, role in var.roles : key => role.next_step if role.next_step != null }
  name     = "next-step"
  role     = aws_iam_role.this[each.key].name
  policy   = each.value
}

resource "aws_iam_role_policy_attachment" "this" {
  for_each   = { for one in local.attachments : "\${one.role} \${one.arn}" => one }
  role       = aws_iam_role.this[each.value.role].name
  policy_arn = each.value.arn
}
`
