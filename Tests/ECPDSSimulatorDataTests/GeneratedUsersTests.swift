import ECPDSSimulatorData
import Testing

@Suite("Generated users")
struct GeneratedUsersTests {
  private func users(destinationsPerUser: Int, of count: Int, seed: UInt64 = 1) -> GeneratedUsers {
    GeneratedUsers(
      prefix: "user-",
      userCount: 1000,
      destinationsPerUser: destinationsPerUser,
      distinctDestinationCount: count,
      seed: seed
    )
  }

  @Test("SplitMix64 gives the first outputs that its authors publish for states 0 and 1234567")
  func splitMix64() {
    #expect(GeneratedUsers.splitMix64(0) == 0xE220_A839_7B1D_CDAF)
    #expect(GeneratedUsers.splitMix64(1_234_567) == 6_457_827_717_110_365_317)
  }

  @Test("a user's destinations are always the same, whatever else is asked, and never change between versions")
  func isDeterministic() {
    let users = users(destinationsPerUser: 4, of: 2000)
    #expect(users.destinationNames(ofUserAt: 123) == ["DEST-0806", "DEST-0293", "DEST-1780", "DEST-1267"])
  }

  @Test("the seed changes the assignment")
  func dependsOnSeed() {
    let one = users(destinationsPerUser: 4, of: 2000, seed: 1)
    let other = users(destinationsPerUser: 4, of: 2000, seed: 2)
    #expect(one.destinationNames(ofUserAt: 5) != other.destinationNames(ofUserAt: 5))
  }

  @Test(
    "a user has exactly as many different destinations as were asked for, all of them in range",
    arguments: [1, 2, 3, 12, 30, 97]
  )
  func areDistinct(count: Int) {
    let all = Set((1...count).map(GeneratedUsers.destinationName))
    for perUser in [0, 1, count / 2, count] {
      let users = users(destinationsPerUser: perUser, of: count)
      for index in 0..<200 {
        let names = users.destinationNames(ofUserAt: index)
        #expect(names.count == perUser)
        #expect(Set(names).count == perUser)
        #expect(all.isSuperset(of: names))
      }
    }
  }

  @Test("a user's name is the prefix and the number, and leads back to it")
  func namesLeadBack() {
    let users = users(destinationsPerUser: 1, of: 1)
    for index in [0, 7, 999] {
      #expect(users.index(ofUser: users.userName(at: index)) == index)
    }
  }

  @Test(
    "other names are no generated users",
    arguments: ["user-1000", "user-", "user-01", "user--1", "user-+1", "user-1x", "User-1", "1", "", "user-99999999999999999999"]
  )
  func otherNames(name: String) {
    #expect(users(destinationsPerUser: 1, of: 1).index(ofUser: name) == nil)
  }

  @Test("a destination's number has at least four digits")
  func destinationNames() {
    #expect(GeneratedUsers.destinationName(number: 7) == "DEST-0007")
    #expect(GeneratedUsers.destinationName(number: 12345) == "DEST-12345")
  }
}
