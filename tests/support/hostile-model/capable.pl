# Gives a program the capability to become anybody: what setcap does, which the image lacks.
use strict; use POSIX 'uname';
my ($name, $value) = ('security.capability', pack('V5', 0x02000000, 1 << 7, 0, 0, 0));
my $setxattr = (uname)[4] eq 'x86_64' ? 188 : 5;
syscall($setxattr, my $path = $ARGV[0], $name, $value, length $value, 0) == 0 or die "setxattr: $!";
