import Glibc

/// By what a file's change shows without reading it. Symbolic links are followed, so that a link to another file is a change.
public struct FileVersion: Sendable, Equatable {
  private let device: dev_t
  private let inode: ino_t
  private let byteCount: off_t
  private let seconds: Int
  private let nanoseconds: Int
  let isRegularFile: Bool

  /// Nil where there is no such file.
  public init?(of path: String) {
    var status = stat()
    guard unsafe stat(path, &status) == 0 else { return nil }
    device = status.st_dev
    inode = status.st_ino
    byteCount = status.st_size
    seconds = status.st_mtim.tv_sec
    nanoseconds = status.st_mtim.tv_nsec
    isRegularFile = status.st_mode & S_IFMT == S_IFREG
  }
}
