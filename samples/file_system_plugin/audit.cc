// A file system in a page: everything goes to another one, and a trail says which files were
// removed or renamed.
#include <loam/sdk.h>
#include <loam/sdk/file_system.h>
#include <loam/sdk/file_system_forward.h>

#include <cstdio>
#include <memory>
#include <string>

namespace {

class Audit : public loam::sdk::fs_forward {
 public:
  static constexpr auto kName = "audit";
  static constexpr auto kSummary = "keeps a trail of what is removed or renamed; a sample";

  struct Options {
    loam_component_ref base{};
    std::string trail;
  };
  static consteval auto describe() {
    return loam::sdk::options(
        loam::sdk::opt("base", &Options::base)
            .kind("file_system")
            .required()
            .doc("where the files are"),
        loam::sdk::opt("trail", &Options::trail).doc("a file to add lines to; empty: none"));
  }

  explicit Audit(const Options& options) : fs_forward(options.base) {
    if (options.trail.empty()) return;
    trail_.reset(std::fopen(options.trail.c_str(), "a"));
    if (trail_ != nullptr) return;
    throw loam::sdk::Failure(
        loam::Status::io("cannot write to " + options.trail).with_pointer("/trail"));
  }

  loam::Status remove_file(const std::string& path) {
    note("remove " + path);
    return fs_forward::remove_file(path);
  }
  loam::Status rename(const std::string& from, const std::string& to) {
    note("rename " + from + " to " + to);
    return fs_forward::rename(from, to);
  }

 private:
  struct Close {
    void operator()(std::FILE* file) const { std::fclose(file); }
  };

  // Called by several threads at once: a line is one call, which stdio makes one write.
  void note(const std::string& what) {
    if (trail_ != nullptr) std::fprintf(trail_.get(), "%s\n", what.c_str());
  }

  std::unique_ptr<std::FILE, Close> trail_;
};

}  // namespace

LOAM_PLUGIN("org.example.audit", "1.0.0", "Apache-2.0", loam::sdk::file_system<Audit>)
