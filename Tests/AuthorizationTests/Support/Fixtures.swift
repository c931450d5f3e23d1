/// ECPDS answers as the contract's fixtures have them.
let fixtures: [String: String] = [
  "destinations":
    #"{"destinationList":[{"name":"CIP","type":32,"active":true},{"name":"FOO","type":16,"active":true},{"name""#
    + #":"BAR","type":16,"active":false}],"success":"yes"}"#,
  "no_destinations":
    #"{"destinationList":[],"success":"yes"}"#,
  "not_the_contract":
    #"{"destinationList":{"CIP":true},"success":"yes"}"#,
  "record_without_name":
    #"{"destinationList":[{"name":"CIP","active":true},{"id":"no-name-field","active":true},{"name":"FOO","acti"#
    + #"ve":true},{"name":"NO_ACTIVE"},{"name":"TEXT_ACTIVE","active":"true"},{"name":7,"active":true}],"success""#
    + #":"yes"}"#,
  "reported_failure":
    #"{"destinationList":[],"success":"no"}"#,
]
