import { type Attributes, attributeValues } from '../../core/index.ts'

const cosine = '0.9.2342.19200300.100.1'
const netscape = '2.16.840.1.113730.3.1'
const eduPerson = '1.3.6.1.4.1.5923.1.1.1'

/** Attributes of the common schemas: X.520, COSINE and inetOrgPerson (RFC 4519, 4524, 2798), eduPerson, eduMember. */
const oids: Readonly<Record<string, string>> = {
  cn: '2.5.4.3',
  sn: '2.5.4.4',
  serialNumber: '2.5.4.5',
  c: '2.5.4.6',
  l: '2.5.4.7',
  st: '2.5.4.8',
  street: '2.5.4.9',
  o: '2.5.4.10',
  ou: '2.5.4.11',
  title: '2.5.4.12',
  description: '2.5.4.13',
  postalCode: '2.5.4.17',
  telephoneNumber: '2.5.4.20',
  member: '2.5.4.31',
  givenName: '2.5.4.42',
  initials: '2.5.4.43',
  uid: `${cosine}.1`,
  mail: `${cosine}.3`,
  roomNumber: `${cosine}.6`,
  manager: `${cosine}.10`,
  mobile: `${cosine}.41`,
  departmentNumber: `${netscape}.2`,
  employeeNumber: `${netscape}.3`,
  employeeType: `${netscape}.4`,
  preferredLanguage: `${netscape}.39`,
  displayName: `${netscape}.241`,
  eduPersonAffiliation: `${eduPerson}.1`,
  eduPersonNickname: `${eduPerson}.2`,
  eduPersonOrgDN: `${eduPerson}.3`,
  eduPersonOrgUnitDN: `${eduPerson}.4`,
  eduPersonPrimaryAffiliation: `${eduPerson}.5`,
  eduPersonPrincipalName: `${eduPerson}.6`,
  eduPersonEntitlement: `${eduPerson}.7`,
  eduPersonPrimaryOrgUnitDN: `${eduPerson}.8`,
  eduPersonScopedAffiliation: `${eduPerson}.9`,
  eduPersonTargetedID: `${eduPerson}.10`,
  eduPersonAssurance: `${eduPerson}.11`,
  eduPersonPrincipalNamePrior: `${eduPerson}.12`,
  eduPersonUniqueId: `${eduPerson}.13`,
  eduPersonOrcid: `${eduPerson}.16`,
  isMemberOf: '1.3.6.1.4.1.5923.1.5.1.1',
}

/**
 * The values of the attribute that the configuration names. An attribute of exactly this Name counts; when there is
 * none, the one whose Name is the OID of that name in a common schema (SAML Profiles §8.2.2). FriendlyName is never
 * read: anybody may put anything there (SAML Core §2.7.3.1).
 */
export function namedValues(found: Attributes, name: string): readonly string[] {
  if (Object.hasOwn(found, name) || !Object.hasOwn(oids, name)) return attributeValues(found, name)
  return attributeValues(found, `urn:oid:${oids[name]}`)
}
