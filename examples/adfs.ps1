# The bridge as relying party of AD FS (Windows Server 2016 or newer): run it on a federation server, as administrator.
# It reads the bridge's certificate, sp-signing.crt, from its own folder.
# As it is, it fits examples/adfs.yaml (passthrough): groups named aws-111122223333-Admin become the role Admin in
# account 111122223333. Change three values. For federation: reissue the identifier is "$bridge/saml/metadata", and the
# last two rules may go; rolebridge init writes the script with your values in either case.
$bridge     = 'https://aws.corp.example'
$identifier = 'urn:amazon:webservices'  # saml.entityId in rolebridge.yaml
$provider   = 'adfs'                    # the SAML provider in IAM

# Nothing is made by halves: without the certificate there is no trust.
$ErrorActionPreference = 'Stop'
$certificate = [System.Security.Cryptography.X509Certificates.X509Certificate2]::new("$PSScriptRoot\sp-signing.crt")

# The backticks keep PowerShell from filling in `$1 and `$2, which AD FS does.
$rules = @"
@RuleName = "UPN"
c:[Type == "http://schemas.microsoft.com/ws/2008/06/identity/claims/windowsaccountname", Issuer == "AD AUTHORITY"]
 => issue(store = "Active Directory",
          types = ("http://schemas.xmlsoap.org/ws/2005/05/identity/claims/upn"),
          query = ";userPrincipalName;{0}", param = c.Value);

@RuleName = "NameID"
c:[Type == "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/upn"]
 => issue(Type = "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/nameidentifier", Value = c.Value,
          Properties["http://schemas.xmlsoap.org/ws/2005/05/identity/claimproperties/format"]
            = "urn:oasis:names:tc:SAML:2.0:nameid-format:persistent");

@RuleName = "Groups"
c:[Type == "http://schemas.microsoft.com/ws/2008/06/identity/claims/windowsaccountname", Issuer == "AD AUTHORITY"]
 => issue(store = "Active Directory",
          types = ("http://schemas.xmlsoap.org/claims/Group"),
          query = ";tokenGroups(domainQualifiedName);{0}", param = c.Value);

@RuleName = "Methods of authentication, a second factor among them"
c:[Type == "http://schemas.microsoft.com/claims/authnmethodsreferences"]
 => issue(claim = c);

@RuleName = "AWS role"
c:[Type == "http://schemas.xmlsoap.org/claims/Group", Value =~ "(?i)^[^\\]+\\aws-\d{12}-[\w+=,.@-]+$"]
 => issue(Type = "https://aws.amazon.com/SAML/Attributes/Role",
          Value = RegExReplace(c.Value, "(?i)^[^\\]+\\aws-(\d{12})-(.+)$",
                  "arn:aws:iam::`$1:role/`$2,arn:aws:iam::`$1:saml-provider/$provider"));

@RuleName = "AWS session name"
c:[Type == "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/upn"]
 => issue(Type = "https://aws.amazon.com/SAML/Attributes/RoleSessionName", Value = c.Value);
"@

$acs = New-AdfsSamlEndpoint -Binding POST -Protocol SAMLAssertionConsumer -Uri "$bridge/saml/acs" -IsDefault $true
$slo = New-AdfsSamlEndpoint -Binding Redirect -Protocol SAMLLogout -Uri "$bridge/saml/slo"

# AWS reads the response as it is, so nothing in it may be encrypted for the bridge. The certificate is how AD FS knows
# that a request, also one to sign out, is ours.
Add-AdfsRelyingPartyTrust -Name 'Rolebridge' -Identifier $identifier -SamlEndpoint $acs, $slo `
  -IssuanceTransformRules $rules -AccessControlPolicyName 'Permit everyone' `
  -SignatureAlgorithm 'http://www.w3.org/2001/04/xmldsig-more#rsa-sha256' `
  -SamlResponseSignature MessageAndAssertion -EncryptClaims $false `
  -RequestSigningCertificate $certificate -SignedSamlRequestsRequired $true -SigningCertificateRevocationCheck None

# For links that start at AD FS (the app tile): https://adfs.corp.example/adfs/ls/idpinitiatedsignon.aspx
Set-AdfsProperties -EnableIdPInitiatedSignonPage $true
