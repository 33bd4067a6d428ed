#include "config/control_socket.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <list>
#include <system_error>
#include <utility>
#include <vector>

#include "core/base/hash.h"

namespace loam::config {

namespace {

constexpr std::size_t kClientsMax = 8;
constexpr std::size_t kAnswerBytesMax = std::size_t{64} << 20;
constexpr int kAnswerSeconds = 60;

class Descriptor {
 public:
  explicit Descriptor(int fd = -1) : fd_(fd) {}
  Descriptor(Descriptor&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Descriptor& operator=(Descriptor&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }
  ~Descriptor() {
    if (fd_ >= 0) ::close(fd_);
  }
  [[nodiscard]] int get() const { return fd_; }
  [[nodiscard]] bool ok() const { return fd_ >= 0; }

 private:
  int fd_;
};

Status failure(const std::string& what) {
  const int error = errno;
  const Code code = error == EACCES || error == EPERM ? Code::kPermission : Code::kIo;
  return Status(code, what + ": " + std::generic_category().message(error));
}

std::string user() { return std::to_string(::geteuid()); }

/// Where sockets may lie, the best place first.
std::vector<std::string> directories() {
  std::vector<std::string> all;
  const char* runtime = ::secure_getenv("XDG_RUNTIME_DIR");
  if (runtime != nullptr && runtime[0] == '/') all.push_back(std::string(runtime) + "/loam");
  const std::string of_user = "/run/user/" + user();
  if (::access(of_user.c_str(), W_OK) == 0) all.push_back(of_user + "/loam");
  all.push_back("/tmp/loam-" + user());
  return all;
}

/// Belongs to this user and is closed to all others.
Status check_private(const std::string& directory) {
  struct stat found {};
  if (::lstat(directory.c_str(), &found) != 0) return failure(directory);
  if (S_ISDIR(found.st_mode) && found.st_uid == ::geteuid() && (found.st_mode & 077) == 0) {
    return {};
  }
  return Status(Code::kPermission,
                directory + " is not a directory of mode 0700 that belongs to user " + user());
}

Status make_private(const std::string& directory) {
  if (::mkdir(directory.c_str(), 0700) != 0 && errno != EEXIST) return failure(directory);
  return check_private(directory);
}

Result<std::string> socket_name(const std::string& store) {
  std::error_code error;
  const std::filesystem::path real = std::filesystem::canonical(store, error);
  if (error) return Status::not_found(store + ": " + error.message());
  static constexpr char kHex[] = "0123456789abcdef";
  std::uint64_t hash = xxh3(real.string());
  std::string name;
  for (int i = 0; i < 16; ++i, hash >>= 4) name += kHex[hash & 15];
  return name + ".sock";
}

Status address_of(const std::string& path, sockaddr_un* address) {
  address->sun_family = AF_UNIX;
  if (path.size() >= sizeof address->sun_path) {
    return Status::invalid_argument("the path of the control socket is longer than 107 bytes: " +
                                    path);
  }
  std::memcpy(address->sun_path, path.c_str(), path.size() + 1);
  return {};
}

/// The interface of the system wants its own type.
const sockaddr* generic(const sockaddr_un& address) {
  // SAFETY: every address begins as sockaddr does; connect and bind are given its true size.
  return reinterpret_cast<const sockaddr*>(&address);
}

bool is_of_user(int fd) {
  ucred peer{};
  socklen_t size = sizeof peer;
  if (::getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0) return false;
  return peer.uid == ::geteuid() || peer.uid == 0;
}

struct Client {
  Descriptor fd;
  std::string in;   // not yet a whole line
  std::string out;  // not yet taken by the client, who is not listened to until it is
  bool ends = false;
};

}  // namespace

/// One thread, no call that waits but poll.
class ControlSocket::Server {
 public:
  Server(Descriptor listener, Descriptor wake, std::string path, Answer answer)
      : listener_(std::move(listener)),
        wake_(std::move(wake)),
        path_(std::move(path)),
        answer_(std::move(answer)) {
    struct stat found {};
    if (::lstat(path_.c_str(), &found) == 0) inode_ = found.st_ino;
  }
  /// The place may belong to the next process that has the store open by now.
  ~Server() {
    struct stat found {};
    if (::lstat(path_.c_str(), &found) == 0 && found.st_ino == inode_) ::unlink(path_.c_str());
  }
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  void run() {
    while (!stopped_) {
      std::vector<pollfd> waiting = {{wake_.get(), POLLIN, 0}, {listener_.get(), POLLIN, 0}};
      for (const Client& client : clients_) {
        const short wanted = client.out.empty() ? POLLIN : POLLOUT;
        waiting.push_back({client.fd.get(), wanted, 0});
      }
      if (::poll(waiting.data(), waiting.size(), -1) < 0 && errno != EINTR) return;
      std::size_t i = 2;
      for (auto client = clients_.begin(); client != clients_.end(); ++i) {
        const bool stays = waiting[i].revents == 0 || serve(*client);
        client = stays ? std::next(client) : clients_.erase(client);
      }
      if ((waiting[1].revents & POLLIN) != 0) accept();
    }
  }

  void stop() {
    stopped_ = true;
    const std::uint64_t one = 1;
    [[maybe_unused]] const ssize_t written = ::write(wake_.get(), &one, sizeof one);
  }

  [[nodiscard]] const std::string& path() const { return path_; }

 private:
  /// The one that was there longest makes room.
  void accept() {
    Descriptor fd(::accept4(listener_.get(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC));
    if (!fd.ok() || !is_of_user(fd.get())) return;
    if (clients_.size() == kClientsMax) clients_.pop_front();
    clients_.push_back({std::move(fd), {}, {}, false});
  }

  /// False: the client is done with.
  bool serve(Client& client) {
    if (!client.out.empty() && !send(client)) return false;
    if (client.out.empty()) {
      if (client.ends || !receive(client)) return false;
      answer(client);
    }
    return client.out.empty() || send(client);
  }

  static bool would_wait() { return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR; }

  static bool receive(Client& client) {
    char piece[16'384];
    const ssize_t size = ::recv(client.fd.get(), piece, sizeof piece, 0);
    if (size < 0) return would_wait();
    if (size == 0) return false;
    client.in.append(piece, static_cast<std::size_t>(size));
    return true;
  }

  void answer(Client& client) {
    const std::size_t end = client.in.find('\n');
    if (end == std::string::npos) {
      if (client.in.size() <= kRequestBytesMax) return;
      client.out = "{\"ok\":false,\"error\":\"a request is at most 1 MiB\"}\n";
      client.ends = true;
      return;
    }
    client.out = answer_(client.in.substr(0, end)) + "\n";
    client.in.erase(0, end + 1);
  }

  static bool send(Client& client) {
    const ssize_t size =
        ::send(client.fd.get(), client.out.data(), client.out.size(), MSG_NOSIGNAL);
    if (size < 0) return would_wait();
    client.out.erase(0, static_cast<std::size_t>(size));
    return !(client.out.empty() && client.ends);
  }

  Descriptor listener_;
  Descriptor wake_;
  const std::string path_;
  const Answer answer_;
  ino_t inode_ = 0;
  std::list<Client> clients_;
  std::atomic<bool> stopped_{false};
};

ControlSocket::ControlSocket(std::unique_ptr<Server> server) : server_(std::move(server)) {}

ControlSocket::~ControlSocket() {
  server_->stop();
  executor_.reset();
}

const std::string& ControlSocket::path() const { return server_->path(); }

Result<std::unique_ptr<ControlSocket>> ControlSocket::serve(const std::string& store,
                                                            Environment& environment,
                                                            Answer answer) {
  LOAM_TRY_ASSIGN(const std::string name, socket_name(store));
  std::string directory;
  Status status;
  for (const std::string& each : directories()) {
    status = make_private(each);
    directory = each;
    if (status.ok()) break;
  }
  LOAM_TRY(status);
  const std::string path = directory + "/" + name;
  sockaddr_un address{};
  LOAM_TRY(address_of(path, &address));
  Descriptor listener(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  Descriptor wake(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  if (!listener.ok() || !wake.ok()) return failure("control socket");
  ::unlink(path.c_str());
  const bool listens = ::bind(listener.get(), generic(address), sizeof address) == 0 &&
                       ::chmod(path.c_str(), 0600) == 0 && ::listen(listener.get(), 8) == 0;
  if (!listens) return failure("control socket " + path);
  std::unique_ptr<ControlSocket> made(new ControlSocket(
      std::make_unique<Server>(std::move(listener), std::move(wake), path, std::move(answer))));
  made->executor_ = environment.make_executor("loam-control", 1);
  made->executor_->submit([server = made->server_.get()] { server->run(); });
  return made;
}

namespace {

Result<Descriptor> connect_to(const std::string& path) {
  sockaddr_un address{};
  LOAM_TRY(address_of(path, &address));
  Descriptor fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (!fd.ok()) return failure("control socket");
  const timeval patience{kAnswerSeconds, 0};
  ::setsockopt(fd.get(), SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  ::setsockopt(fd.get(), SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
  if (::connect(fd.get(), generic(address), sizeof address) == 0) return fd;
  if (errno == ENOENT || errno == ECONNREFUSED) return Status::not_found(path);
  return failure("control socket " + path);
}

Status ended(const std::string& path) {
  if (errno == EAGAIN || errno == EWOULDBLOCK) {
    return Status(Code::kTimedOut, "control socket " + path + " says nothing");
  }
  return failure("control socket " + path);
}

Result<std::string> talk(int fd, const std::string& path, const std::string& line) {
  const std::string request = line + "\n";
  for (std::size_t sent = 0; sent < request.size();) {
    const ssize_t size = ::send(fd, request.data() + sent, request.size() - sent, MSG_NOSIGNAL);
    if (size < 0) return ended(path);
    sent += static_cast<std::size_t>(size);
  }
  std::string answer;
  char piece[16'384];
  while (answer.find('\n') == std::string::npos) {
    const ssize_t size = ::recv(fd, piece, sizeof piece, 0);
    if (size < 0) return ended(path);
    if (size == 0) return Status::io("control socket " + path + " was closed without an answer");
    answer.append(piece, static_cast<std::size_t>(size));
    if (answer.size() > kAnswerBytesMax) return Status::io("control socket " + path + " rambles");
  }
  answer.resize(answer.find('\n'));
  return answer;
}

}  // namespace

Result<std::string> ask_control_socket(const std::string& store, const std::string& line) {
  LOAM_TRY_ASSIGN(const std::string name, socket_name(store));
  for (const std::string& directory : directories()) {
    if (!check_private(directory).ok()) continue;
    const std::string path = directory + "/" + name;
    Result<Descriptor> connected = connect_to(path);
    if (connected.ok()) return talk(connected->get(), path, line);
    if (connected.status().code() != Code::kNotFound) return std::move(connected).status();
  }
  return Status::not_found("no process that has store " + store + " open listens");
}

}  // namespace loam::config
